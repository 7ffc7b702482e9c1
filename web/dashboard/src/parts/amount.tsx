import { currentLocale } from '../i18n';
import { formatWhole, MINUS, moneyParts, type Minor, type Sign } from '../money';

interface Props {
  minor: Minor;
  currency: string;
  sign?: Sign;
  column?: boolean; // stands in a list: minor units keep one width
  strong?: boolean;
}

// Ink with a minus for money out, green with a plus for money in.
export function Amount({ minor, currency, sign = 'always', column = false, strong = false }: Props) {
  const parts = moneyParts({ minor, currency }, sign, currentLocale());
  const kind = ['amt', column && 'col', strong && 'strong', sign === 'always' && minor > 0n && 'in'].filter(Boolean);
  return <span class={kind.join(' ')}>{parts.sign}{parts.symbol}{parts.whole}<i>{parts.minor}</i>{parts.after}</span>;
}

// For sentences, titles and drawings: whole units of the currency, in the language's way.
export function whole(minor: Minor, currency: string): string {
  return formatWhole({ minor, currency }, currentLocale());
}

// Whole units with a minus where there is one: for the marks of an axis.
export function wholeSigned(minor: Minor, currency: string): string {
  return (minor < 0n ? MINUS : '') + whole(minor, currency);
}
