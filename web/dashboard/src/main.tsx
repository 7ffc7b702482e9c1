import { render } from 'preact';
import { App } from './app';
import { preferredLanguage } from './i18n';
import { showTheme, speak } from './look';

showTheme();
await speak(preferredLanguage());
render(<App />, document.getElementById('app')!);
