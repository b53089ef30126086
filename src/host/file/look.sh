set -eu; LC_ALL=C; export LC_ALL;
file=$1; mounted=$2;
if [ -L "$file" ]; then file=$(readlink -f -- "$file"); fi;
if [ -e "$file" ] && ! [ -f "$file" ]; then exit 8; fi;
folder=$(dirname -- "$file");
facts() { ls -nd -- "$1" | { read -r mode links user group rest; echo "$mode $links $user $group"; }; };
sum=$(cksum < "$file");
length=$(wc -c < "$file");
if [ "$length" -gt 4194304 ]; then exit 7; fi;
echo "$length";
echo "$file";
if [ -d "$mounted" ]; then (cd -- "$mounted" && pwd -P); else readlink -f -- "$mounted" || echo "$mounted"; fi;
echo "$sum";
facts "$file";
echo "$(id -u) $(id -G)";
if [ -w "$file" ]; then echo yes; else echo no; fi;
if [ -w "$folder" ]; then echo yes; else echo no; fi;
cat -- "$file";
if [ "$(cksum < "$file")" != "$sum" ]; then exit 9; fi
