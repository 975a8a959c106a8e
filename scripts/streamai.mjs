#!/usr/bin/env node
// `npx streamai …` in the checkout: as `npm run streamai -- …`.
process.argv.splice(2, 0, 'streamai');
await import('./launch.mjs');
