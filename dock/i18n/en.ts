/** The dock's words in English. OBS's own words are those of its en-US locale. */
import type { PluralForms } from './plural.ts';

const files: PluralForms = { one: '{n} file', other: '{n} files' };

export const en = {
  otherLanguage: 'Français',

  phase: {
    unknown: 'OBS is not connected',
    idle: 'Ready to record',
    starting: 'Waiting for OBS…',
    recording: 'Recording',
    paused: 'Recording paused',
    stopping: 'Stopping Recording…',
  },
  record: {
    start: 'Start Recording',
    stop: 'Stop Recording',
    pause: 'Pause Recording',
    resume: 'Unpause Recording',
    split: 'Split Recording File',
    waiting: 'OBS has not confirmed yet.',
    time: 'Recorded time',
    size: 'Size of the recording',
    free: (size: string) => `${size} free`,
  },
  next: {
    group: 'Next recording',
    name: 'Session name',
    autoUpload: 'Upload automatically',
    subtitleModel: 'Subtitles',
    priority: 'Priority',
    needsAgent: 'These can be changed once the agent is back.',
    priorityHint: '1 to 10, higher is sooner',
  },

  sessions: {
    heading: 'Recordings',
    none: 'Your recordings will appear here.',
    more: 'More',
    files,
    file: (number: string) => `File ${number}`,
    state: {
      recording: 'Recording',
      paused: 'Paused',
      stopping: 'Stopping',
      finalising: 'Finalising',
      recorded: 'Recorded',
      interrupted: 'Interrupted',
    },
    missing: 'The file is no longer there.',
  },
  upload: {
    progress: (name: string) => `Upload of ${name}`,
    queued: 'In the queue',
    uploading: (percent: string) => `Uploading ${percent}`,
    /** After the last byte, before the destination answered. */
    confirming: 'Sent, waiting for the answer',
    speedAndLeft: (speed: string, left: string) => `${speed}, ${left} left`,
    waiting: 'Waiting for the next attempt',
    waitingUntil: (when: string) => `Next attempt ${when}`,
    pausedAt: (percent: string) => `Upload paused at ${percent}`,
    completed: 'Uploaded',
    failed: 'Upload failed',
    cancelled: 'Upload cancelled',
    pause: 'Pause',
    resume: 'Resume',
    retry: 'Retry',
    retryNow: 'Retry now',
    cancel: 'Cancel',
    now: 'Upload now',
    /** An action as assistive technology names it: several cards have the same button. */
    of: (action: string, name: string) => `${action}: ${name}`,
  },
  task: {
    label: 'Task',
    status: {
      uploaded: 'Waiting to be processed',
      processing: 'Processing',
      completed: 'Subtitles ready',
      completed_simple: 'Stored, without subtitles',
      error: 'Processing failed',
      unknown: 'No longer known by the server',
    },
    processing: (percent: string) => `Processing ${percent}`,
  },

  status: {
    strip: 'Connections',
    obs: 'OBS',
    agent: 'Agent',
    destination: 'Target',
    connected: 'connected',
    connecting: 'connecting',
    waiting: 'waiting',
    refused: 'refused',
    reachable: 'reachable',
    unreachable: 'no answer',
    problem: 'problem',
    unasked: 'untested',
    unconfigured: 'not set up',
    embedded: 'embedded',
    unknown: 'unknown',
    obsConnected: (version: string, address: string) => `OBS ${version} at ${address}`,
    obsPlain: 'This dock is connected to OBS.',
    obsDirectOnly: 'This dock reaches OBS; the agent does not yet.',
    agentConnected: 'The agent is running and sends its news to this dock.',
    destinationReachable: (address: string) => `Recordings go to ${address}.`,
    destinationUnasked: (address: string) => `${address} has not been asked yet.`,
    destinationUnknown: 'Unknown as long as the agent is away.',
    embeddedMeaning: 'Embedded receiver: nothing leaves this machine.',
    reconnect: 'Reconnect',
  },
  agentAway: {
    title: 'Waiting for StreamAI’s agent',
    refusedTitle: 'StreamAI’s agent does not know this page',
    message: 'The agent does not answer.',
    fix: 'Start it with “npm start” in StreamAI’s folder. This page goes on by itself.',
    banner: 'The agent is away: uploads wait, and a recording gets the name that OBS gives it. Recording itself works.',
    tryNow: 'Try now',
    noAnswer: 'The agent did not answer. Try again.',
  },
  close: 'Close',

  announce: {
    started: 'Recording started.',
    paused: 'Recording paused.',
    resumed: 'Recording goes on.',
    stopped: 'Recording stopped.',
    uploaded: (name: string) => `${name} is uploaded.`,
    uploadFailed: (name: string) => `The upload of ${name} failed.`,
    taskDone: (name: string, status: string) => `${name}: ${status}.`,
  },
};

/** What every language must have: a missing word does not compile. */
export type Texts = typeof en;
