import { describeDock } from './dock-suite.ts';

await describeDock('newest', 'hybrid_mp4');
