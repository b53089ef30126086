set -eu; LC_ALL=C; export LC_ALL;
file=$1;
if [ -L "$file" ]; then file=$(readlink -f -- "$file"); fi;
folder=$(dirname -- "$file"); name=$(basename -- "$file");
h='[0-9a-f]'; h=$h$h$h$h;
for copy in "$file.immich-sso-kept" "$file.immich-sso-"$h$h$h "$folder/.$name.immich-sso-new."?????? "$folder/.$name.immich-sso-old."??????; do
if [ -f "$copy" ] || [ -L "$copy" ]; then
if [ "${2-}" != look ]; then rm -f -- "$copy"; fi;
echo "$copy"; fi;
done
