import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import '../design/design.ts';
import { Refusal } from '../service/client.ts';
import { hearClock } from './ago.tsx';
import { Console } from './console.tsx';
import { arrive } from './oidc/way.ts';
import { signOut } from './session.ts';

// A browser that believes to be offline asks all the same: what is shown would grow old without a word.
const queries = new QueryClient({
  defaultOptions: { queries: { retry: 1, staleTime: 1_000, networkMode: 'always' } },
  queryCache: new QueryCache({
    onSuccess: hearClock,
    onError: (error) => {
      if (error instanceof Refusal && error.problem.code === 'unauthenticated')
        signOut('The service does not believe this token any more.');
    },
  }),
});

arrive();

createRoot(document.getElementById('page') as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Router base="/console">
        <Console />
      </Router>
    </QueryClientProvider>
  </StrictMode>,
);
