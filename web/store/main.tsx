import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../design/design.ts';
import { Stage } from './stage.tsx';
import './store.css';
import './stage.css';

createRoot(document.getElementById('page') as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={new QueryClient()}>
      <Stage />
    </QueryClientProvider>
  </StrictMode>,
);
