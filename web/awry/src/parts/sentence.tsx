// A statement with the names of the data set as code.
import type { ComponentChildren } from 'preact';

// Names come back from the server inside backticks; where there are none, what looks like a name of
// the data (dotted or underscored words, key=value, quoted values) is set as code.
const nameLike = /`([^`]+)`|((?:[A-Za-z][\w-]*[._:])+[\w*./:-]*\w)/g;

export function Sentence({ text }: { text: string }) {
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const match of text.matchAll(nameLike)) {
    parts.push(text.slice(at, match.index), <code>{match[1] ?? match[2]}</code>);
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return <>{parts}</>;
}
