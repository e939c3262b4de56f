import { useSyncExternalStore } from 'react';

/** A value that all tabs of this browser share and that outlives them; each is told when another changes it. */
export class Persisted<Value> {
  private text: string | null;
  private value: Value;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly name: string,
    private readonly initial: Value,
  ) {
    this.text = localStorage.getItem(name);
    this.value = this.parsed();
    addEventListener('storage', ({ key, newValue }) => {
      if (key === name) this.take(newValue);
    });
  }

  get = (): Value => this.value;

  set(value: Value): void {
    const text = JSON.stringify(value);
    localStorage.setItem(this.name, text);
    this.take(text);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private take(text: string | null): void {
    if (text === this.text) return;
    this.text = text;
    this.value = this.parsed();
    for (const listener of this.listeners) listener();
  }

  private parsed(): Value {
    try {
      return this.text === null ? this.initial : (JSON.parse(this.text) as Value);
    } catch {
      return this.initial;
    }
  }
}

export function usePersisted<Value>(persisted: Persisted<Value>): Value {
  return useSyncExternalStore(persisted.subscribe, persisted.get);
}
