import { Switch as Radix } from 'radix-ui';
import { useId } from 'react';

export function Switch({ label, on, onChange }: { label: string; on: boolean; onChange: (on: boolean) => void }) {
  const id = useId();
  return (
    <span className="switch-row">
      <Radix.Root className="switch" id={id} checked={on} onCheckedChange={onChange}>
        <Radix.Thumb />
      </Radix.Root>
      <label htmlFor={id}>{label}</label>
    </span>
  );
}
