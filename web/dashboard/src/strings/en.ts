// Every English word of the dashboard, page by page.
import { bank } from './en/bank';
import { common } from './en/common';
import { flow } from './en/flow';
import { fraud } from './en/fraud';
import { imports } from './en/imports';
import { months } from './en/months';
import { rows } from './en/rows';
import { rules } from './en/rules';
import { settings } from './en/settings';

export const en = { ...common, ...months, ...rows, ...imports, ...flow, ...rules, ...fraud, ...bank, ...settings };
