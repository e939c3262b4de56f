import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../../design/design.ts';
import { Tab } from './tab.tsx';
import './tab.css';

/** Which tab of the customer this is; only its name, never who the customer is. */
const name = new URLSearchParams(location.search).get('name')?.slice(0, 12) ?? 'Tab';
document.title = `${name} · Store`;

createRoot(document.getElementById('page') as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={new QueryClient()}>
      <Tab name={name} />
    </QueryClientProvider>
  </StrictMode>,
);
