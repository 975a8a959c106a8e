/** The texts of a session's details in English: part of their own file, as they are. */
export const enDetails = {
  rename: 'Name',
  notes: 'Notes',
  folder: 'Open folder',
  forget: 'Forget',
  forgetAsk: 'Forget this session? Its files stay where they are.',
  discard: 'Discard',
  discardAsk: 'Discard this recording? It goes on, and its file stays, but nothing is uploaded.',
  damaged: 'Incomplete: OBS ended too early.',
  skipped: (count: string) => `${count} frames lost`,
  marks: 'Chapters and notes',
  edit: 'Edit',
  export: 'Export chapters',
  download: 'Download',
  parts: (done: number, total: number) => `part ${done}/${total}`,
  attempts: (count: number) => `attempt ${count}`,
  verify: 'Verify copy',
  verified: (when: string) => `Copy verified, ${when}`,
  provenByParts: 'Proven part by part (MD5) and by its size: this storage gives no checksum of whole files.',
  link: 'Copy link',
  linkFor: 'Link for',
  linkDurations: { '3600': '1 hour', '86400': '1 day', '604800': '7 days' },
  linkUntil: (when: string) => `Valid until ${when}`,
  task: 'Task',
  results: { video: 'Video', subtitles: 'Subtitles', thumbnail: 'Thumbnail' },
};

/** The texts that every language must have. */
export type DetailsTexts = typeof enDetails;
