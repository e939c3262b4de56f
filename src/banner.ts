import type { Service } from './service.js';

/** What a newcomer needs to see: where it is, what it started, and something to paste. */
export function banner({ config, started }: Service, tokens: { user: string; admin: string } | null): string {
  const { publicUrl } = config;
  const lines = [
    '',
    `Counterfoil listens on ${publicUrl}`,
    ...(config.gateway === 'sandbox' ? [`  Store      ${publicUrl}/store`] : []),
    `  Console    ${publicUrl}/console`,
    `  API docs   ${publicUrl}/docs`,
    `  Health     ${publicUrl}/readyz`,
    ...started.map((sentence) => `  Started    ${sentence}`),
    ...(tokens ? demonstration(publicUrl, tokens) : []),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function demonstration(publicUrl: string, { user, admin }: { user: string; admin: string }): string[] {
  return [
    '',
    'Tokens for today:',
    `  USER=${user}`,
    `  ADMIN=${admin}`,
    '',
    'Subscribe; paste it again and nothing is charged again:',
    `  curl -i -X PUT ${publicUrl}/v1/me/subscription -H "Authorization: Bearer ${user}" -H 'Idempotency-Key: first-press-1' -H 'Content-Type: application/json' -d '{"planId":"pro","paymentMethod":"pm_card_visa"}'`,
    '',
    'Watch it happen, in another terminal:',
    `  curl -N ${publicUrl}/v1/me/events -H "Authorization: Bearer ${user}"`,
    '',
    'What the user has:',
    `  curl -s ${publicUrl}/v1/me/subscription -H "Authorization: Bearer ${user}"`,
    '',
    'What an admin sees:',
    `  curl -s '${publicUrl}/v1/admin/operations?limit=5' -H "Authorization: Bearer ${admin}"`,
    '',
    'Let a month pass, and what is due with it happen:',
    `  curl -s -X POST ${publicUrl}/v1/test/clock/advance -H "Authorization: Bearer ${admin}" -H 'Content-Type: application/json' -d '{"by":"P1M"}'`,
  ];
}
