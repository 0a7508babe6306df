"""``python -m cleanpipe``"""

from cleanpipe.cli.main import main

main()
