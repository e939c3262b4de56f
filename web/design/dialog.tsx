import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** One sentence that says what is decided here. */
  description: string;
  children?: ReactNode;
  /** The buttons; the last one is what Enter is for. */
  actions: ReactNode;
}

/** A question that has to be answered before anything else: keeps the focus inside, Escape leaves it. */
export function Dialog({ open, onClose, title, description, children, actions }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={(wanted) => wanted || onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="veil" />
        <Radix.Content className="dialog card">
          <Radix.Title asChild>
            <h2>{title}</h2>
          </Radix.Title>
          <Radix.Description className="soft">{description}</Radix.Description>
          {children}
          <footer>{actions}</footer>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
