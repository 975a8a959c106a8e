// `npm start`: everyday use. `streamai start` from the checkout.
import { streamaiHere } from './streamai/here.ts';

await streamaiHere(['start', ...process.argv.slice(2)]);
