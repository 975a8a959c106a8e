// `npm run check`: types, lint, the pins of the Node that the launcher fetches, and how long the regular expressions can take.
import { checkNodePins } from './check/node-pins.ts';
import { checkExpressions } from './check/regular-expressions.ts';
import { checkLint, checkTypes, root } from './test/tools.ts';

const codes = [await checkTypes(), await checkLint(), checkNodePins(), await checkExpressions(root)];
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
