// First use: nothing has arrived yet.
import { Say } from './marks';

export function EmptyStore() {
  const host = location.hostname;
  return (
    <Say state="Empty store" title="No traces yet" first>
      <p class="gloss">Point any OpenTelemetry or Jaeger client here. The first trace appears within a second of its last span.</p>
      <table class="nohover block"><tbody>
        <tr><td>OTLP</td><td><code>http://{host}:4318</code>, gRPC <code>{host}:4317</code></td></tr>
        <tr><td>Jaeger</td><td><code>{host}:6831/udp</code>, <code>http://{host}:14268/api/traces</code></td></tr>
        <tr><td>Zipkin</td><td><code>http://{host}:9411/api/v2/spans</code></td></tr>
        <tr><td>From files</td><td><code>awry import trace.json.gz</code></td></tr>
      </tbody></table>
      <p class="dim tight">These are the usual ports; <code>awry serve</code> prints its own when it starts.</p>
    </Say>
  );
}
