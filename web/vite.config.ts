import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Three pages, each with its own entry; what they have in common becomes files of its own, named by their content. */
export default defineConfig({
  root: here('.'),
  base: '/',
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    // The pages' policy allows no script that stands in the page, and none is needed by browsers that know modulepreload.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      checks: { bundlerTimings: false },
      // Libraries say which of their files are for browsers, which goes without saying here.
      onLog: (level, log, tell) => log.code === 'MODULE_LEVEL_DIRECTIVE' || tell(level, log),
      input: { store: here('store/index.html'), tab: here('store/tab/index.html'), console: here('console/index.html') },
    },
  },
});
