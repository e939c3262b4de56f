import type { ButtonHTMLAttributes } from 'react';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'plain' | 'primary' | 'danger' | 'quiet';
  compact?: boolean;
}

export function Button({ look = 'plain', compact = false, className = '', ...rest }: ButtonProps) {
  return <button type="button" className={`button ${look} ${compact ? 'compact' : ''} ${className}`} {...rest} />;
}
