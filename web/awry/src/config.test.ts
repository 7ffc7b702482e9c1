import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linksOfTag, readConfig } from './config';

test("Jaeger's configuration gives menu, limit and switches", () => {
  const config = readConfig({
    menu: [{ label: 'About', items: [{ label: 'Wiki', url: 'https://wiki.example/', anchorTarget: '_blank' }] }, { label: 'x', url: 'javascript:alert(1)' }, null, 5],
    search: { maxLimit: 99 }, dependencies: { menuEnabled: false },
  });
  assert.deepEqual(config.menu, [{ label: 'Wiki', url: 'https://wiki.example/', target: '_blank' }]);
  assert.deepEqual([config.maxLimit, config.graph, config.monitor], [99, false, true]);
});

test('nothing configured, or nonsense, is as Jaeger has it', () => {
  for (const raw of [null, undefined, 5, 'x', { menu: 'x', search: { maxLimit: 'many' }, linkPatterns: [{}] }]) {
    const config = readConfig(raw);
    assert.deepEqual([config.menu, config.maxLimit, config.graph, config.linkPatterns], [[], 1500, true, []]);
  }
});

test('a pattern makes a link of a tag, its value encoded', () => {
  const { linkPatterns } = readConfig({ linkPatterns: [{ type: 'tags', key: 'user', url: 'https://u.example/?id=#{user}', text: 'User #{user}' }, { key: 'user', url: '#{user}', text: 'x' }] });
  assert.deepEqual(linksOfTag('tags', 'user', 'a&b', linkPatterns)[0], { url: 'https://u.example/?id=a%26b', text: 'User a&b' });
  assert.deepEqual(linksOfTag('process', 'user', 'a', linkPatterns), []);
});
