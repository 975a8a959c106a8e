import type { Target } from '../targets.ts';

export interface FormulaTarball {
  readonly arch: Target['arch'];
  readonly url: string;
  readonly sha256: string;
}

/** Homebrew's formula (https://docs.brew.sh/Formula-Cookbook): what it fetches it checks, and marks as no download of a browser. */
export function formula(version: string, tarballs: readonly FormulaTarball[]): string {
  const parts = tarballs.map(
    ({ arch, url, sha256 }) => `  on_${arch === 'arm64' ? 'arm' : 'intel'} do
    url "${url}"
    sha256 "${sha256}"
  end
`,
  );
  return `class Streamai < Formula
  desc "Gets OBS recordings to Vultr by itself"
  homepage "https://github.com/streamai/streamai"
  version "${version}"
  license "MIT"

${parts.join('\n')}
  depends_on macos: :ventura
  depends_on :macos

  # Node is as its makers signed it.
  skip_clean "libexec"

  def install
    rm "install.command"
    libexec.install Dir["*"]
    bin.install_symlink libexec/"streamai"
  end

  service do
    run [opt_bin/"streamai", "start"]
    keep_alive crashed: true
    process_type :background
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/streamai --version")
  end
end
`;
}
