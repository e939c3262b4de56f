import { expect, test } from '@jest/globals';
import { PROBLEMS } from '../../../src/platform/problems/catalogue.js';
import { problemPage, problemsPage, problemsMarkdown } from '../../../src/platform/problems/pages.js';

const CODES = Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[];

test.each(CODES)('%s has a page that says what it is and what to do', (code) => {
  const page = problemPage(code);
  const { title, status, charged } = PROBLEMS[code];
  expect(page).toContain(`<h1>${title}</h1>`);
  expect(page).toContain(`<code>${code}</code>`);
  expect(page).toContain(`<dd>${status}</dd>`);
  expect(page).toContain(`<code>${charged}</code>`);
});

test('no page loads anything or runs a script', () => {
  for (const page of [problemsPage(), ...CODES.map((code) => problemPage(code))]) {
    expect(page).not.toMatch(/<script|<link|<img|src=|href="[a-z]+:|url\(|javascript/);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page.match(/<h1>/g)).toHaveLength(1);
  }
});

test('what the catalogue says cannot become markup', () => {
  expect(problemPage('unauthenticated')).toContain('Bearer &#60;JWT&#62;');
});

test('every page leads back to the list', () => {
  expect(problemPage('plan-full')).toContain('href="../problems"');
});

test('the list and the document name every problem once', () => {
  for (const code of CODES) {
    expect(problemsPage().split(`href="problems/${code}"`)).toHaveLength(2);
    expect(problemsMarkdown().split(`| \`${code}\` |`)).toHaveLength(2);
  }
  const rows = problemsMarkdown()
    .split('\n')
    .filter((line) => line.startsWith('| ') && /^\| \d/.test(line));
  expect(rows).toHaveLength(CODES.length);
  for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(8);
});
