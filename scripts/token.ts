// `npm run token`: the dock's address, with the token. `npm run token -- --new`: makes a new token; the old one ends at once.
import { streamaiHere } from './streamai/here.ts';

await streamaiHere(['token', ...process.argv.slice(2)]);
