import { describeKills } from './kills-suite.ts';

await describeKills('newest', 'hybrid_mp4');
