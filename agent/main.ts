/** Starts the agent alone: environment → agent → signals. Everyday use goes through `npm start`, which adds the embedded receiver. */
import { run } from './run.ts';

await run({});
