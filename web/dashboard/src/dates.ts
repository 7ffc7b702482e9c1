// Civil dates as text ("2026-11-23") and months ("2026-11"): no zone ever moves a day.
import { currentLocale } from './i18n';

export type Day = string;
export type Month = string;

export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && toUtc(text).toISOString().slice(0, 10) === text;
}

export function isMonth(text: string): boolean {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(text);
}

export function monthOf(day: Day): Month {
  return day.slice(0, 7);
}

export function dayNumber(day: Day): number {
  return Number(day.slice(8, 10));
}

export function addMonths(month: Month, count: number): Month {
  const index = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + count;
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;
}

export function daysIn(month: Month): number {
  return new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 0)).getUTCDate();
}

export function firstDay(month: Month): Day {
  return `${month}-01`;
}

export function lastDay(month: Month): Day {
  return `${month}-${String(daysIn(month)).padStart(2, '0')}`;
}

// Today where the person is.
export function today(now = new Date()): Day {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function toUtc(day: Day): Date {
  const [year, month, date] = day.split('-').map(Number);
  return new Date(Date.UTC(year!, month! - 1, date!));
}

function formatted(day: Day, locale: string, options: Intl.DateTimeFormatOptions): string {
  const text = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(toUtc(day));
  return locale.startsWith('en') ? text.replace(/,/g, '') : text;
}

export const longDay = (day: Day, locale = currentLocale()) =>
  formatted(day, locale, { weekday: 'long', day: 'numeric', month: 'long' });
export const shortDay = (day: Day, locale = currentLocale()) => formatted(day, locale, { day: 'numeric', month: 'short' });
export const longMonth = (month: Month, locale = currentLocale()) =>
  formatted(firstDay(month), locale, { month: 'long', year: 'numeric' });
export const shortMonth = (month: Month, locale = currentLocale()) => formatted(firstDay(month), locale, { month: 'short' });
export const monthName = (month: Month, locale = currentLocale()) => formatted(firstDay(month), locale, { month: 'long' });

// A point in time, in the person's own zone: "23 Nov, 09:14".
export function shortTime(unixMs: number, locale = currentLocale()): string {
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
    .format(new Date(unixMs));
}

// The time of day, in the person's own zone: "09:14".
export function clockTime(unixMs: number, locale = currentLocale()): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(new Date(unixMs));
}

export function addDays(day: Day, count: number): Day {
  return new Date(toUtc(day).getTime() + count * 86_400_000).toISOString().slice(0, 10);
}

// Monday is 0.
export function weekday(day: Day): number {
  return (toUtc(day).getUTCDay() + 6) % 7;
}

// From Monday on.
export function weekdayNames(locale = currentLocale()): string[] {
  return Array.from({ length: 7 }, (_unused, i) => formatted(addDays('2026-11-23', i), locale, { weekday: 'short' }));
}
