"""What `recurcast doctor` asks of MLflow's store, its database and its place of artifacts; nothing of it stays there."""
