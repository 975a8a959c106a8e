// `npm run check`: types, lint, and the pins of the Node that the launcher fetches.
import { checkNodePins } from './check/node-pins.ts';
import { checkLint, checkTypes } from './test/tools.ts';

const codes = [await checkTypes(), await checkLint(), checkNodePins()];
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
