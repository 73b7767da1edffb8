import assert from 'node:assert/strict';
import { environmentName, loadConfig, SETTINGS } from '../src/config.js';
import { GlimpseError } from '../src/errors.js';

const refusal = (flags: Record<string, string>, env: NodeJS.ProcessEnv = {}): GlimpseError => {
  try {
    loadConfig(flags, env);
  } catch (error) {
    assert(error instanceof GlimpseError);
    return error;
  }
  throw new Error('the configuration was accepted');
};

describe('configuration', () => {
  it('takes flags before the environment before defaults', () => {
    const config = loadConfig({ port: '1234' }, { GLIMPSE_PORT: '99', GLIMPSE_WORKERS: '3' });
    assert.deepEqual([config.port, config.workers, config.host], [1234, 3, '127.0.0.1']);
  });

  it('is frozen', () => assert(Object.isFrozen(loadConfig({}, {}))));

  it('reads a bare flag as true', () => assert.equal(loadConfig({ insecure: '' }, {}).insecure, true));

  it('names the flag, the wish and the value when a value is wrong', () => {
    const error = refusal({ 'max-streams': '0' });
    assert.equal(error.detail.field, '--max-streams');
    assert.match(error.message, /from 1 to 10000, not "0"/);
  });

  it('names the variable when the value came from the environment', () =>
    assert.equal(refusal({}, { GLIMPSE_PORT: 'ten' }).detail.field, 'GLIMPSE_PORT'));

  for (const text of ['', ' ', '1.5', 'NaN', 'Infinity', '-1']) {
    it(`refuses ${JSON.stringify(text)} as a port`, () => assert.equal(refusal({ port: text }).detail.reason, 'BAD_SETTING'));
  }

  it('names a misspelt flag', () => assert.match(refusal({ prot: '1' }).message, /^--prot is not a setting/));

  it('names a misspelt variable, and leaves the client’s own alone', () => {
    assert.equal(refusal({}, { GLIMPSE_PROT: '1', GLIMPSE_TOKEN: 'x' }).detail.field, 'GLIMPSE_PROT');
    assert.doesNotThrow(() => loadConfig({}, { GLIMPSE_ADDRESS: 'x', GLIMPSE_TOKEN: 'x', PATH: '/bin' }));
  });

  it('gives every setting a flag of its own, a default that it would accept itself, and a documentation line', () => {
    const settings = Object.values(SETTINGS);
    assert.equal(new Set(settings.map((setting) => environmentName(setting.flag))).size, settings.length);
    for (const { flag, fallback, doc, parse } of settings) {
      assert.deepEqual(parse(String(fallback)), fallback, flag);
      assert(doc.length > 10, flag);
    }
  });
});
