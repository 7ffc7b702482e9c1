import { currentLocale } from '../i18n';
import { moneyParts, type Minor, type Sign } from '../money';

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
  return <span class={kind.join(' ')}>{parts.sign}{parts.symbol}{parts.whole}<i>{parts.minor}</i></span>;
}
