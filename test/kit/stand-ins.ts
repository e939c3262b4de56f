import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

/** `npm test` builds no pages; what is served and how is the same for any. */
export function standInsForPages(): void {
  if (existsSync('dist/web/console/index.html')) return;
  for (const folder of ['assets', 'console', 'store/tab']) mkdirSync(`dist/web/${folder}`, { recursive: true });
  writeFileSync('dist/web/assets/stand-in-0.js', '');
  for (const page of ['store', 'store/tab']) writeFileSync(`dist/web/${page}/index.html`, '<!doctype html>');
  writeFileSync('dist/web/console/index.html', '<!doctype html><meta name="counterfoil-sign-in" content="" />');
}
