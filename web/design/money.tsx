interface Amount {
  /** Minor units, as the service counts. */
  amount: number;
  currency: string;
}

export function Money({ of, free = false }: { of: Amount; free?: boolean }) {
  return <span className="figures">{free && of.amount === 0 ? 'Free' : moneyText(of)}</span>;
}

export function moneyText({ amount, currency }: Amount): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
