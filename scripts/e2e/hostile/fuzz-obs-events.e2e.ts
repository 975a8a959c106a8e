/** What OBS, or whoever stands in its place, tells: every event is passed on as what it is or reported as nonsense, and nothing is thrown. */
import { OBSWebSocket } from 'obs-websocket-js/json';
import { test } from 'vitest';
import { hearEvents, type ObsEvent } from '../../../agent/obs/events.ts';
import { responses } from '../../../agent/obs/protocol.ts';
import { fuzz, fuzzTimeoutMs } from './fuzz-fixture.ts';
import { brokenJson } from './mutate-fixture.ts';
import { obsAnswers, obsEvents } from './obs-samples-fixture.ts';

const [event, ...otherEvents] = Object.keys(obsEvents);
const [answer, ...otherAnswers] = Object.keys(obsAnswers) as (keyof typeof responses)[];

test(
  'any event and any answer',
  async (context) => {
    const heard: (ObsEvent | string)[] = [];
    const socket = new OBSWebSocket();
    const note = (what: ObsEvent | string): void => void heard.push(what);
    hearEvents(socket, note, { admits: () => true, nonsense: (_name, reason) => note(reason()) });
    const tell = socket.emit.bind(socket) as (type: string, data: unknown) => boolean;
    await fuzz(context, {
      name: 'OBS events',
      make(random) {
        if (event === undefined || answer === undefined) throw new Error('nothing to send');
        const type = random.pick([event, ...otherEvents]);
        const asked = random.pick([answer, ...otherAnswers]);
        return {
          type,
          event: brokenJson(random, obsEvents[type]),
          asked,
          answer: brokenJson(random, obsAnswers[asked]),
        };
      },
      read({ type, event, asked, answer }) {
        heard.length = 0;
        tell(type, event);
        if (heard.length !== 1) throw new Error(`it was passed on ${heard.length} times`);
        const parsed = responses[asked].safeParse(answer);
        // It goes into the log, and into an error's cause.
        const told = [...heard, parsed.success ? '' : parsed.error.message].map((each) => JSON.stringify(each).length);
        if (Math.max(...told) > 20_000) throw new Error(`it is told in ${Math.max(...told)} characters`);
      },
      show: (input) => JSON.stringify(input),
    });
  },
  fuzzTimeoutMs,
);
