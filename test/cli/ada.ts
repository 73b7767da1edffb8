import { photo } from '../support/people.js';
import { RealServer } from '../support/real-server.js';
import { type Finished, glimpse } from './glimpse.js';

/** For a suite: a real server that knows Ada, and the command line against it. */
export function withAda(): { readonly server: () => RealServer; readonly run: (...args: string[]) => Promise<Finished> } {
  let server: RealServer;
  before(async () => {
    server = await RealServer.start();
    await server.connect().enroll({ name: 'Ada', images: [{ image: { encoded: await photo(1) } }] });
  });
  after(() => server.remove());
  return { server: () => server, run: (...args) => glimpse(args, { address: `127.0.0.1:${server.port}` }) };
}
