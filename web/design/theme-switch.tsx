import { useSyncExternalStore } from 'react';
import { Button } from './button.tsx';
import { chosenTheme, chooseTheme, onThemeChange } from './theme.ts';

/** Light or dark; what the system says until somebody chooses. */
export function ThemeSwitch() {
  const theme = useSyncExternalStore(onThemeChange, chosenTheme);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <Button look="quiet" onClick={() => chooseTheme(other)} aria-label={`Switch to the ${other} theme`}>
      <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
        {theme === 'dark' ? (
          <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" />
        ) : (
          <path d="M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z" />
        )}
      </svg>
    </Button>
  );
}
