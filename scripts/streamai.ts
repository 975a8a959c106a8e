// `npm run streamai -- …` and `npx streamai …`: StreamAI's command line from the checkout, which builds the dock where it has to.
import { streamaiHere } from './streamai/here.ts';

await streamaiHere(process.argv.slice(2));
