// The little of Node that the test of the words uses to read this folder's sources.
declare module 'node:fs' {
  export function readdirSync(folder: string, options: { recursive: true }): string[];
  export function readFileSync(file: string, encoding: 'utf8'): string;
  export function existsSync(file: string): boolean;
}
declare module 'node:module' {
  export function createRequire(from: string): (name: string) => unknown;
}
declare const process: { cwd(): string };
