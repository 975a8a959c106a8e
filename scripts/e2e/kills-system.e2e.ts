import { describeKills } from './kills-suite.ts';

await describeKills('system', 'mkv');
