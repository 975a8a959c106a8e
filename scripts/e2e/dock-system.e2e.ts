import { describeDock } from './dock-suite.ts';

await describeDock('system', 'mkv');
