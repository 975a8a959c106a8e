// `npm run check`: types, lint, and how long the regular expressions can take.
import { checkExpressions } from './check/regular-expressions.ts';
import { checkLint, checkTypes, root } from './test/tools.ts';

const codes = [await checkTypes(), await checkLint(), await checkExpressions(root)];
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
