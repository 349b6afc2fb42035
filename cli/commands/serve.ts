import type { Command } from 'commander';
import type { ServeOptions } from '../serve.js';

/** `flow serve [paths…]` */
export function register(program: Command): void {
  program
    .command('serve')
    .summary('take calls')
    .description('Starts a server that answers calls for one or more agents: by browser, WebSocket and Twilio.')
    .argument('[paths...]', 'folders or files with agents; the examples when none is given')
    .option('--port <number>', 'port to listen on; 0 takes a free one', '4680')
    .option('--host <address>', 'address to listen on; anything but this machine needs tokens (default: 127.0.0.1)')
    .option('--public-url <url>', 'how the world reaches this server, for Twilio: https://voice.example.com')
    .option('--watch', 'read an agent anew when its files change: new calls get it, running calls keep their version')
    .option('--demo', 'place one spoken demonstration call first')
    .option('--once', 'exit after the demonstration call: 0 when it went as its script says')
    .option('--no-open', 'do not open the page in a browser')
    .option('--insecure', 'take calls as Twilio without its signature')
    .option('--max-calls <number>', 'calls at the same time', '100')
    .option('--calls-per-minute <number>', 'new calls a minute from one address', '30')
    .option('--max-seconds <number>', 'longest call', '3600')
    .option('--keep-events', 'keep what happens in each call, for flow replay: without a word of what is said')
    .option('--keep <time>', 'keep a record of each call so long (30d), for flow calls; then its dialog goes too')
    .option('--record', 'with --keep: keep both sides of the sound as well')
    .option(
      '--metrics-port <number>',
      'another port for /metrics, /health and /ready, without a token: not for the world',
    )
    .option(
      '--workers <number>',
      'answer in so many processes behind one port, or auto: one a core; --max-calls is of each',
    )
    .option('--json-log', 'log as JSON, one line an event')
    .option('--real-tools', 'never use mocks; by default a tool without its environment is its mock')
    .addHelpText(
      'after',
      `
Environment:
  DEEPGRAM_API_KEY, CARTESIA_API_KEY   speech, for agents that name them under voice:; without them the embedded ones
  OPENAI_API_KEY or OPENAI_BASE_URL    the model that is asked when the local router is unsure
  TWILIO_AUTH_TOKEN                    checks that calls on /twilio/* come from Twilio
  PARLEY_TOKEN_SECRET                  at least 32 bytes: opens POST /token for callers' tokens
  PARLEY_HOME                          where dialogs and recordings are kept (default .parley)
  PARLEY_PRICES                        a JSON file of what providers cost, for /metrics and flow calls
  PARLEY_MAX_LAG, PARLEY_MAX_MEMORY    full from here on: 50ms (five seconds long), 85% of the container's memory
  PARLEY_STORE                         another place for dialogs: postgres://…, redis://…, a file, or memory

SIGHUP reads all agents anew, with or without --watch. An edit with mistakes is told, and the version before goes on.
/metrics is Prometheus' on this machine; where the world comes in it takes PARLEY_TOKEN_SECRET as bearer.
SIGTERM lets running calls end, for 30 seconds; exits 1 if one had to be cut off.
Which version answers stands in the log and in GET /health.

Examples:
  $ flow serve my-agent
  $ flow serve my-agent --watch
  $ flow serve flows/acme-support flows/restaurant --port 8080
  $ flow serve my-agent --workers auto
  $ flow serve my-agent --host 0.0.0.0 --public-url https://voice.example.com
`,
    )
    .action(async (paths: string[], options: ServeOptions) => {
      const { serve } = await import('../serve.js');
      await serve(paths, options);
    });
}
