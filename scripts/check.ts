// `npm run check`: types and lint only.
import { checkLint, checkTypes } from './test/tools.ts';

const codes = [await checkTypes(), await checkLint()];
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
