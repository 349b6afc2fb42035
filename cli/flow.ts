#!/usr/bin/env node
/** The `flow` command. */
import { runCommand } from './program.js';

// Whoever reads our output may stop reading (`flow check | head`): that is no mistake of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommand(process.argv.slice(2));
