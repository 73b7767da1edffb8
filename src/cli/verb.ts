import { type Command, Option } from 'commander';
import { connect, type GlimpseClient } from '../client/index.js';
import { describeFailure, EXIT, type ExitCode } from './exit.js';
import { Output } from './output.js';

/** Carries the exit code from the verb that ran to the process. */
export interface Session {
  exitCode: ExitCode;
}

export interface Invocation<Options> {
  readonly args: readonly string[];
  readonly options: Options;
  readonly out: Output;
}

/** Gives a command its body: `--json`, failures told in one way, the exit code kept. */
export function verb<Options extends object>(session: Session, command: Command, body: (call: Invocation<Options>) => Promise<ExitCode>): void {
  command.option('--json', 'print JSON, one value a line').action(async () => {
    const options = command.opts<Options & { json?: true }>();
    const out = new Output(options.json === true);
    try {
      session.exitCode = await body({ args: command.args, options, out });
    } catch (error) {
      const failure = describeFailure(error);
      out.failure(failure);
      session.exitCode = failure.exit;
    }
  });
}

export interface RemoteOptions {
  readonly address: string;
  readonly token?: string;
  readonly tls?: true;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly collection: string;
}

/** A verb that talks to a server; the client is closed whatever happens. */
export function remoteVerb<Options extends object>(
  session: Session,
  command: Command,
  body: (client: GlimpseClient, call: Invocation<Options & RemoteOptions>) => Promise<ExitCode>,
): void {
  verb<Options & RemoteOptions>(session, withServer(command), async (call) => {
    const { address, token, tls, tlsCa, tlsCert, tlsKey } = call.options;
    const given = { token, tls, tlsCa, tlsCert, tlsKey };
    const client = connect({ address, ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as object) });
    try {
      return await body(client, call);
    } finally {
      client.close();
    }
  });
}

function withServer(command: Command): Command {
  return command
    .addOption(new Option('--address <host:port>', 'the server').env('GLIMPSE_ADDRESS').default('127.0.0.1:50051'))
    .addOption(new Option('--token <token>', 'bearer token; the variable keeps it out of process lists').env('GLIMPSE_TOKEN'))
    .addOption(new Option('--tls-ca <file>', 'talk TLS; PEM of the authority that signed the server').env('GLIMPSE_TLS_CA'))
    .option('--tls', 'talk TLS, trusting the public authorities')
    .option('--tls-cert <file>', 'PEM of this client’s certificate, where the server asks for one')
    .option('--tls-key <file>', 'PEM of its private key')
    .option('--collection <name>', 'which gallery on the server', 'default');
}

/** For options that may be given several times. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** The exit code of a verb that did `done` things and was refused `refused`. */
export const allOrPartly = (refused: number, done: number): ExitCode => {
  if (refused === 0) return EXIT.ok;
  return done === 0 ? EXIT.failed : EXIT.partly;
};
