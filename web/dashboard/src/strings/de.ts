// Every German word of the dashboard, page by page. Loaded only when it is asked for.
import type { Table } from '../i18n';
import { bank } from './de/bank';
import { common } from './de/common';
import { flow } from './de/flow';
import { fraud } from './de/fraud';
import { imports } from './de/imports';
import { months } from './de/months';
import { rows } from './de/rows';
import { rules } from './de/rules';
import { settings } from './de/settings';

export const de: Table = { ...common, ...months, ...rows, ...imports, ...flow, ...rules, ...fraud, ...bank, ...settings };
