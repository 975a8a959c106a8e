// `npm run setup`: what OBS needs for StreamAI, written into OBS's own files; `--undo` takes it back, `--dry-run` only says it.
import { streamaiHere } from './streamai/here.ts';

await streamaiHere(['setup', ...process.argv.slice(2)]);
