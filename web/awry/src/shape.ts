// The shape of an answer, said once: TypeScript's type comes from it, and tests hold real answers against it.

export interface Shape<T> { readonly complain: (value: unknown, at: string, out: string[]) => void; readonly optional?: boolean; readonly type?: T }
export type Of<S> = S extends Shape<infer T> ? T : never;

const told = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

function simple<T>(name: string): Shape<T> {
  return { complain: (value, at, out) => { if (typeof value !== name) out.push(`${at}: ${told(value)} instead of ${name}`); } };
}

export const text = simple<string>('string');
export const number = simple<number>('number');
export const flag = simple<boolean>('boolean');
export const anything: Shape<unknown> = { complain: () => undefined };

export const oneOf = <const T extends string>(...words: T[]): Shape<T> => ({
  complain: (value, at, out) => { if (!words.includes(value as T)) out.push(`${at}: ${JSON.stringify(value)} is none of ${words.join(', ')}`); },
});

export const nullable = <T>(shape: Shape<T>): Shape<T | null> => ({
  complain: (value, at, out) => { if (value !== null) shape.complain(value, at, out); },
});

export const maybe = <T>(shape: Shape<T>): Shape<T> & { optional: true } => ({ complain: shape.complain, optional: true });

/** 64-bit numbers come as numbers or as text. */
export const big: Shape<number | string> = {
  complain: (value, at, out) => { if (typeof value !== 'number' && !/^-?\d+$/.test(String(value))) out.push(`${at}: ${told(value)} instead of a whole number`); },
};

export const list = <T>(shape: Shape<T>): Shape<T[]> => ({
  complain: (value, at, out) => {
    if (!Array.isArray(value)) out.push(`${at}: ${told(value)} instead of array`);
    else value.forEach((each, i) => shape.complain(each, `${at}[${i}]`, out));
  },
});

export const both = <T>(first: Shape<T>, second: Shape<T>): Shape<[T, T]> => ({
  complain: (value, at, out) => {
    if (!Array.isArray(value) || value.length !== 2) out.push(`${at}: not two values`);
    else { first.complain(value[0], `${at}[0]`, out); second.complain(value[1], `${at}[1]`, out); }
  },
});

type Fields = Record<string, Shape<any>>;
type Needed<F extends Fields> = { [K in keyof F as F[K] extends { optional: true } ? never : K]: Of<F[K]> };
type Spare<F extends Fields> = { [K in keyof F as F[K] extends { optional: true } ? K : never]?: Of<F[K]> };

/** Further fields may be there: an older page works with a newer server. */
export const object = <F extends Fields>(fields: F): Shape<Needed<F> & Spare<F>> => ({
  complain: (value, at, out) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) { out.push(`${at}: ${told(value)} instead of object`); return; }
    for (const [name, shape] of Object.entries(fields)) {
      const has = Object.hasOwn(value, name);
      if (has) shape.complain((value as Record<string, unknown>)[name], `${at}.${name}`, out);
      else if (!shape.optional) out.push(`${at}.${name}: missing`);
    }
  },
});

/** Members of any name, all of one shape. */
export const mapOf = <T>(shape: Shape<T>): Shape<Record<string, T>> => ({
  complain: (value, at, out) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) { out.push(`${at}: ${told(value)} instead of object`); return; }
    for (const [name, each] of Object.entries(value)) shape.complain(each, `${at}.${name}`, out);
  },
});

/** One shape or the other; of what fits neither, the complaints are those with fewer. */
export const either = <A, B>(one: Shape<A>, other: Shape<B>): Shape<A | B> => ({
  complain: (value, at, out) => {
    const [first, second]: [string[], string[]] = [[], []];
    one.complain(value, at, first);
    other.complain(value, at, second);
    out.push(...(first.length <= second.length ? first : second));
  },
});

/** What does not fit, each with its place; empty when all does. */
export function complaints(shape: Shape<unknown>, value: unknown, at = 'answer'): string[] {
  const out: string[] = [];
  shape.complain(value, at, out);
  return out;
}
