type Theme = 'light' | 'dark';

const KEPT_AS = 'counterfoil:theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

/** Chosen by somebody here, or else by the system. */
export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEPT_AS);
  if (kept === 'light' || kept === 'dark') return kept;
  return system.matches ? 'dark' : 'light';
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEPT_AS, theme);
  show();
}

export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function show(): void {
  document.documentElement.dataset['theme'] = chosenTheme();
  for (const listener of listeners) listener();
}

// Other tabs, and frames of this one, follow.
addEventListener('storage', ({ key }) => key === KEPT_AS && show());
system.addEventListener('change', show);
show();
