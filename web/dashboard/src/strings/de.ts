// Every German word of the dashboard, page by page. Loaded only when it is asked for.
import type { Table } from '../i18n';
import { common } from './de/common';
import { flow } from './de/flow';
import { imports } from './de/imports';
import { months } from './de/months';
import { rows } from './de/rows';
import { rules } from './de/rules';
import { settings } from './de/settings';

export const de: Table = { ...common, ...months, ...rows, ...imports, ...flow, ...rules, ...settings };
