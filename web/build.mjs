// Builds every folder web/<name> that has src/main.tsx into ../build/web/<name>:
//   node build.mjs [--out DIR] [name…]     bundle for browsers, one style sheet, copy *.html and *.svg
//   node build.mjs --tests [name…]         bundle and run src/**/*.test.ts with Node's own runner
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import esbuild from 'esbuild';

const BYTES_MAX = 400_000;  // of one application, gzipped

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const tests = take('--tests');
const out = resolve(takeValue('--out') ?? join(here, '..', 'build', 'web'));
const names = args.length > 0 ? args : readdirSync(here).filter((name) => existsSync(join(here, name, 'src', 'main.tsx')));

function take(flag) {
  const at = args.indexOf(flag);
  if (at >= 0) args.splice(at, 1);
  return at >= 0;
}

function takeValue(flag) {
  const at = args.indexOf(flag);
  return at >= 0 ? args.splice(at, 2)[1] : undefined;
}

async function build(name) {
  const from = join(here, name);
  const to = join(out, name);
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(to)) if (/^(part|chunk)-.*\.js(\.map)?$/.test(file)) rmSync(join(to, file));
  for (const file of readdirSync(from)) {
    if (/\.(html|svg)$/.test(file)) cpSync(join(from, file), join(to, file));
  }
  await style(name, from, to);
  // A page that main.tsx imports when it is first shown becomes a file of its own.
  const result = await esbuild.build({
    entryPoints: [join(from, 'src', 'main.tsx')],
    outdir: to,
    bundle: true,
    splitting: true,
    chunkNames: 'part-[name]-[hash]',
    minify: true,
    sourcemap: 'linked',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'eof',
    metafile: true,
  });
  const { outputs } = result.metafile;
  const scripts = Object.keys(outputs).filter((path) => path.endsWith('.js'));
  const zipped = (path) => gzipSync(readFileSync(path)).length;
  const all = scripts.reduce((sum, path) => sum + zipped(resolve(path)), 0) + zipped(join(to, `${name}.css`));
  const first = new Set();
  const load = (path) => {
    if (first.has(path)) return;
    first.add(path);
    for (const { path: needed, kind } of outputs[path].imports) if (kind === 'import-statement') load(needed);
  };
  load(scripts.find((path) => path.endsWith('/main.js')));
  const atFirst = [...first].reduce((sum, path) => sum + zipped(resolve(path)), 0) + zipped(join(to, `${name}.css`));
  console.log(`${name}: ${(all / 1000).toFixed(0)} kB gzipped, of it ${(atFirst / 1000).toFixed(0)} kB first`);
  if (all > BYTES_MAX) throw new Error(`${name} is larger than ${BYTES_MAX / 1000} kB gzipped`);
}

// All style sheets of the folder as one, <name>.css first.
async function style(name, from, to) {
  const sheets = readdirSync(from).filter((file) => file.endsWith('.css') && file !== `${name}.css`).sort();
  await esbuild.build({
    stdin: { contents: [`${name}.css`, ...sheets].map((file) => `@import "./${file}";`).join('\n'), loader: 'css', resolveDir: from },
    outfile: join(to, `${name}.css`),
    bundle: true,
    minify: true,
    target: 'es2022',
    external: ['*.svg', '*.woff2', '*.png'],
  });
}

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? testFiles(join(folder, entry.name))
      : /\.test\.tsx?$/.test(entry.name) ? [join(folder, entry.name)] : []);
}

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'awry-web-tests-'));
  const files = names.flatMap((name) => testFiles(join(here, name, 'src')));
  await esbuild.build({
    entryPoints: files,
    outdir: folder,
    outbase: here,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
  const built = files.map((file) => join(folder, relative(here, file)).replace(/\.tsx?$/, '.mjs'));
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...built], { stdio: 'inherit' });
  rmSync(folder, { recursive: true, force: true });
  process.exit(run.status ?? 1);
}

if (tests) await runTests();
else await Promise.all(names.map(build));
