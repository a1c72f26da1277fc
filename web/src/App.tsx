import { Provider as TooltipProvider } from '@radix-ui/react-tooltip';
import { Announcer } from './components/Announcer';
import { ErrorBoundary } from './components/ErrorBoundary';
import { Toasts } from './components/Toasts';
import type { Page } from './core/store';
import { useApp } from './hooks/use-app';
import { useTheme } from './hooks/use-theme';
import { CallPage } from './pages/CallPage';
import { LeftPage } from './pages/LeftPage';
import { PreviewPage } from './pages/PreviewPage';
import { ProblemPage } from './pages/ProblemPage';
import { ReturningPage } from './pages/ReturningPage';
import { StartPage } from './pages/StartPage';
import { UnsupportedPage } from './pages/UnsupportedPage';

function Route({ page }: { page: Page }) {
  switch (page.name) {
    case 'start':
      return <StartPage />;
    case 'preview':
      return <PreviewPage page={page} />;
    case 'call':
      return <CallPage roomId={page.roomId} />;
    case 'returning':
      return <ReturningPage />;
    case 'left':
      return <LeftPage roomId={page.roomId} why={page.why} />;
    case 'problem':
      return <ProblemPage problem={page.problem} roomId={page.roomId} retryAfterS={page.retryAfterS} />;
    case 'unsupported':
      return <UnsupportedPage />;
  }
}

export function App() {
  useTheme();
  const page = useApp((state) => state.page);
  return (
    <TooltipProvider delayDuration={500} skipDelayDuration={200}>
      <ErrorBoundary>
        <Route page={page} />
      </ErrorBoundary>
      <Toasts />
      <Announcer />
    </TooltipProvider>
  );
}
