import { render } from 'preact';
import { App } from './app';
import { useLanguage } from './i18n';

useLanguage(navigator.language);
render(<App />, document.getElementById('app')!);
