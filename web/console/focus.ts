import { useEffect, useRef } from 'react';

/** Whoever goes to another screen by the keyboard goes on there, and hears where they are; the tab says it too. */
export function useArrivalAt(location: string, name: string): void {
  const before = useRef(location);
  useEffect(() => {
    document.title = `${name} · Counterfoil`;
    if (before.current === location) return;
    before.current = location;
    document.getElementById('screen')?.focus();
  }, [location, name]);
}
